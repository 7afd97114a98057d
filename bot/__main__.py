"""python -m bot train · evaluate · validate · compare · chat · serve (in .venv-rasa)."""

import argparse
import json
import logging
import os
import sys
from pathlib import Path

# Before anything of Rasa is imported: no telemetry, and few threads on a machine that four
# processes share.
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")
for _name in ("TF_INTRA_OP_PARALLELISM_THREADS", "TF_INTER_OP_PARALLELISM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")


def main(argv: list[str] | None = None) -> int:
    """Runs one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train the dialogue model")
    train.add_argument("--if-changed", action="store_true", help="only when its inputs changed")
    evaluate = commands.add_parser("evaluate", help="score the model on the blind test sets")
    evaluate.add_argument("--json", action="store_true", help="print the scores as JSON")
    evaluate.add_argument("--test", type=Path, help="another NLU file or folder; intents only")
    evaluate.add_argument("--misses", action="store_true", help="the sentences not understood")
    evaluate.add_argument("--stock", action="store_true", help="stock Rasa beside it, in minutes")
    validate = commands.add_parser("validate", help="the training data by itself, in minutes")
    validate.add_argument("--folds", type=int, help="into how many parts; default: 4")
    validate.add_argument("--misses", action="store_true", help="the sentences not understood")
    compare = commands.add_parser("compare", help="other pipelines beside ours, in minutes")
    compare.add_argument("--epochs", type=int, help="how long DIET is trained; default: 15")
    compare.add_argument("--test", type=Path, help="an NLU file or folder; default: the blind one")
    compare.add_argument("--only", type=int, nargs="+", default=[], help="of the table's rows")
    commands.add_parser("serve", help="serve on loopback RASA_PORT")
    commands.add_parser("chat", help="talk to the served dialogue in the terminal")
    options = parser.parse_args(argv)
    _set_up_logs()
    run = {
        "train": _train,
        "evaluate": _evaluate,
        "validate": _validate,
        "compare": _compare,
        "serve": _serve,
        "chat": _chat,
    }
    return run[options.command](options)


def _set_up_logs() -> None:
    import structlog

    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # Rasa tells of every step at INFO, Sanic's workers of their start.
    for name in ("rasa", "sanic.root", "sanic.error", "apscheduler", "numexpr"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Rasa's libraries are frozen: their deprecations are known and tell a reader nothing.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    # Unconfigured, structlog prints all of Rasa's debug lines: what people wrote, among others.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def _train(options: argparse.Namespace) -> int:
    from bot import training

    try:
        model = training.train(only_if_changed=options.if_changed)
    except training.TrainingFailed as error:
        print(f"训练失败：{error}", file=sys.stderr)
        return 1
    print(f"对话模型：{model}")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from bot import comparison, entity_evaluation, evaluation, paths

    test = options.test or paths.INTENTS_BLIND_TEST
    scores = evaluation.evaluate(test)
    found = (
        {}
        if options.test
        else {
            "as served": evaluation.evaluate_entities(),
            "intent known": evaluation.entities_by_table(),
        }
    )
    if options.json:
        entities = {name: round(each.f1, 4) for name, each in found.items()}
        print(json.dumps({**scores.as_json(), "entities_f1": entities}, ensure_ascii=False))
    else:
        print(scores.as_table(misses=options.misses))
        known = {evaluation.words(text) for text, _ in evaluation.read_sentences(paths.NLU)}
        fresh = scores.without(known)
        print(
            f"without {len(scores.sentences) - len(fresh.sentences)} short phrases that the "
            f"training data has too, such as 你好: {fresh.summary}"
        )
        for name, each in found.items():
            print(f"-- {name}")
            print("\n".join(entity_evaluation.lines_of(each, misses=options.misses)))
    if options.stock:
        row = comparison.stock(test)
        print(f"{row.name}: {row.scores.summary}")
    return 0


def _validate(options: argparse.Namespace) -> int:
    from bot import cross_validation

    scores = cross_validation.validate(options.folds or cross_validation.FOLDS)
    print(scores.as_table(misses=options.misses))
    return 0


def _compare(options: argparse.Namespace) -> int:
    from bot import comparison, paths

    test, epochs = options.test or paths.INTENTS_BLIND_TEST, options.epochs or comparison.EPOCHS
    rows = []
    for row in comparison.compare(test, epochs=epochs, only=options.only):
        print(f"{row.name}: {row.scores.macro_f1:.3f}", file=sys.stderr)
        rows.append(row)
    print(comparison.as_table(rows))
    return 0


def _serve(options: argparse.Namespace) -> int:
    from bot import rasa_patches, server

    try:
        server.serve(int(os.environ.get("RASA_PORT", "5005")))
    except (server.CannotServe, rasa_patches.RasaChanged) as error:
        print(f"对话服务无法启动：{error}", file=sys.stderr)
        return 1
    return 0


def _chat(options: argparse.Namespace) -> int:
    from bot import chat

    return chat.talk(int(os.environ.get("RASA_PORT", "5005")))


if __name__ == "__main__":
    sys.exit(main())
