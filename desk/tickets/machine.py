"""The state machine of a ticket's life, built from the moves: it guards every change."""

from collections.abc import Iterable
from functools import cache

from statemachine import State as MachineState
from statemachine import StateMachine
from statemachine.exceptions import TransitionNotAllowed

from desk.tickets.moves import MOVES, Move
from desk.tickets.values import State


@cache
def allows(state: str, move: Move) -> bool:
    """Whether the machine lets a ticket in `state` make `move`; asked of it once for each pair."""
    machine = life()(start_value=str(state))
    try:
        machine.send(move.name)
    except TransitionNotAllowed:
        return False
    expected = str(move.target or state)
    return [str(value) for value in machine.configuration_values] == [expected]


@cache
def life() -> type[StateMachine]:
    """The state machine of MOVES; it refuses to be built with a state nothing leads to."""
    return machine_of(MOVES.values())


def machine_of(moves: Iterable[Move]) -> type[StateMachine]:
    """A state machine with every State and one event for each of `moves`."""
    moves = list(moves)
    leaving = {source for move in moves for source in move.sources}
    states = {
        state: MachineState(
            state.label,
            value=str(state),
            initial=state is State.RECEIVED,
            final=state not in leaving,
        )
        for state in State
    }
    events = {}
    for move in moves:
        steps = [
            states[source].to(states[move.target or source])
            for source in State
            if source in move.sources
        ]
        event = steps[0]
        for step in steps[1:]:
            event = event | step
        events[move.name] = event
    attributes = {f"state_{state.value}": built for state, built in states.items()}
    return type("TicketLife", (StateMachine,), {**attributes, **events})
