"""`POST /webhooks/hotline`: a hook of jambonz in, verbs out."""

from collections.abc import Sequence

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from channels.hotline import parse, signature, verbs
from channels.hotline.parse import Hook
from channels.hotline.settings import HotlineSettings, read
from channels.hotline.verbs import Verb
from channels.http import api, closed
from channels.runtime import runtime
from desk.conversations import deliveries, services, turns
from desk.conversations.values import Accepted, Receipt
from desk.errors import DeskError
from desk.threads import in_thread

WAIT = 4.0  # seconds until the caller hears that we are looking; jambonz itself waits longer
# Seconds an answer is left to the call's own hooks before it counts as unheard.
HOLD = 60.0
MOST_SILENCES = 2
MOST_LOOKS = 12
WAY = "hotline"


@api("POST")
async def webhook(request: HttpRequest) -> HttpResponseBase:
    """One hook; what the caller said is stored before the verbs go back."""
    settings = read()
    if settings is None:
        return closed()
    header = request.headers.get(signature.HEADER, "")
    signature.check(header, request.body, settings.secret, now=timezone.now())
    hook = parse.read_hook(request)
    return JsonResponse(list(await answer(hook, settings)), safe=False)


async def answer(hook: Hook, settings: HotlineSettings) -> Sequence[Verb]:
    """What the caller hears next."""
    if hook.ended:
        return await call_ended(hook)
    if hook.dialed:
        return [verbs.listen(hook.turn, says=verbs.NOBODY)]
    if hook.turn and hook.nothing_heard:
        return await silence(hook)
    gateway = runtime().gateway
    try:
        accepted = await gateway.receive(parse.message_of(hook, now=timezone.now()), hold=HOLD)
    except DeskError as refusal:
        # An error would end the call. What the turns before asked is looked for meanwhile.
        return [verbs.listen(hook.turn + 1, waiting=max(hook.turn - 1, 0), says=refusal.message)]
    if hook.wants_person:
        await in_thread(
            services.request_staff,
            accepted.conversation_id,
            key=f"hotline:{accepted.inbound_id}",
            reason="来电人按0找工作人员，请回电",
            now=timezone.now(),
        )
    heard = await carry(accepted)
    if hook.wants_person and settings.staff_number:
        through = verbs.dial(settings.staff_number, turn=hook.turn + 1, caller_id=hook.called)
        return [verbs.say(verbs.PUTTING_THROUGH), through]
    if hook.turn == 0:
        return [verbs.say(verbs.GREETING), *(heard or []), verbs.listen(1)]
    if heard is None:
        return [verbs.listen(hook.turn + 1, waiting=hook.turn, says=verbs.ONE_MOMENT)]
    return [*heard, verbs.listen(hook.turn + 1)]


async def carry(accepted: Accepted) -> list[Verb] | None:
    """What is to be read out to the caller now; None while the answer is not there yet."""
    gateway = runtime().gateway
    outgoing = await gateway.collect(accepted, wait=WAIT)
    if outgoing is None:
        settled = await in_thread(turns.replies_to, accepted.inbound_id)
        return None if settled is None else []
    if outgoing.owner:
        await gateway.carried(outgoing, Receipt(WAY, "在通话中播报"))
    return verbs.read_out(outgoing)


async def silence(hook: Hook) -> Sequence[Verb]:
    """Nothing was heard: looks for a late answer, or asks whether the caller is there."""
    if hook.waiting:
        accepted = await in_thread(turns.stored, *hook.key(hook.waiting))
        heard = await carry(accepted) if accepted else []
        if heard is not None:
            return [*heard, verbs.listen(hook.turn)]
        if hook.silent < MOST_LOOKS:
            waits = {"waiting": hook.waiting, "silent": hook.silent + 1}
            return [verbs.listen(hook.turn, says=verbs.STILL_LOOKING, **waits)]
        return [verbs.listen(hook.turn, says=verbs.BY_CALL)]
    if hook.silent < MOST_SILENCES:
        return [verbs.listen(hook.turn, silent=hook.silent + 1, says=verbs.STILL_THERE)]
    return verbs.hang_up(verbs.say(verbs.GOODBYE))


async def call_ended(hook: Hook) -> Sequence[Verb]:
    """The caller is gone: what they did not hear is kept for their next call."""
    accepted = await runtime().gateway.receive(parse.message_of(hook, now=timezone.now()))
    await in_thread(deliveries.let_go, accepted.conversation_id, now=timezone.now())
    return []
