"""python -m actions: rasa-sdk's action server on loopback ACTIONS_PORT."""

import logging
import os
import warnings

HOST = "127.0.0.1"


def main() -> None:
    """Serves until a signal ends it; the knowledge base is loaded meanwhile."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peipao.settings")
    import django

    django.setup()
    for name in ("sanic.root", "sanic.server", "rasa_sdk", "faiss.loader"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Said at every call; that 3.6 and 3.21 speak the same format is tested by the whole stack.
    warnings.filterwarnings("ignore", message="Your versions of rasa and")

    from actions.server import make_app
    from desk.threads import Pool, set_threads

    # They calculate more than they wait: more of them only take the interpreter from each other.
    set_threads(Pool.SERVICE, 2)
    make_app().run(
        host=HOST,
        port=int(os.environ.get("ACTIONS_PORT", "5055")),
        # One process: it holds the knowledge base, and its threads keep database connections.
        single_process=True,
        access_log=False,
        motd=False,
    )


# rasa-sdk imports every module of this package, this one too.
if __name__ == "__main__":
    main()
