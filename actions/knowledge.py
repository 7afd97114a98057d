"""The knowledge base as the action server holds it: loaded after the start, in the background."""

import logging
import threading
import time

from django.conf import settings
from django.utils import timezone

from actions.base import TryLater
from desk.errors import DeskError
from knowledge_base.answer import answer
from knowledge_base.errors import KnowledgeError
from knowledge_base.search import KnowledgeBase

logger = logging.getLogger(__name__)

LOADING = "loading"
RETRY_SECONDS = 2.0
WARMING_QUESTION = "小微企业所得税有什么优惠"


class KnowledgeNotReady(DeskError):
    """There is no index that could be loaded."""

    code = "knowledge_not_ready"
    status = 503
    message = "政策库正在准备，请稍后再问，或者找工作人员。"
    response = "utter_knowledge_not_ready"


class StillLoading(TryLater):
    """The index is there and being read."""


class Shelf:
    """Holds the knowledge base once it is there; it follows newer indexes by itself."""

    def __init__(self) -> None:
        self._knowledge: KnowledgeBase | None = None
        self.reason = LOADING

    @property
    def ready(self) -> bool:
        """Whether questions can be answered."""
        return self._knowledge is not None

    def open(self) -> KnowledgeBase:
        """The knowledge base. Raises StillLoading, or KnowledgeNotReady with nothing to load."""
        if self._knowledge is None:
            raise StillLoading if self.reason == LOADING else KnowledgeNotReady
        return self._knowledge

    def put(self, knowledge: KnowledgeBase) -> None:
        """Questions are answered from `knowledge` from now on."""
        self._knowledge = knowledge

    def fill_in_background(self) -> None:
        """Loads the index in a thread of its own, again and again until there is one."""
        # Not before the server runs: torch started at import clashes with Sanic's start, and the
        # first question after a cold load takes many seconds, so one is asked here.
        threading.Thread(target=self._fill, name="knowledge", daemon=True).start()

    def _fill(self) -> None:
        while not self.ready:
            try:
                knowledge = KnowledgeBase.open(settings.INDEX_DIR, settings.ENCODER)
                answer(WARMING_QUESTION, knowledge, as_of=timezone.localdate())
            except KnowledgeError as error:
                if self.reason != error.code:
                    logger.warning("knowledge base not ready: %s", error)
                self.reason = error.code
                time.sleep(RETRY_SECONDS)
            except Exception:
                logger.exception("knowledge base cannot be loaded")
                self.reason = "knowledge_failed"
                time.sleep(RETRY_SECONDS * 5)
            else:
                self.put(knowledge)
                logger.info("knowledge base ready: %s", settings.INDEX_DIR)


shelf = Shelf()
