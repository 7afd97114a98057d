"""Rasa's logistic regression, asked as it is learned: one message, few of many columns."""

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.tensorflow.constants import RANKING_LENGTH


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RegressionClassifier(LogisticRegressionClassifier):
    """Trained and kept by Rasa's own; only the asking is ours.

    scikit-learn multiplies by the transposed weights, which lie in memory the other way round, so
    scipy copies all of them for every message: a fifth of a turn. The sum over the columns that a
    message has is the same number.
    """

    _laid_out: NDArray[np.float64] | None = None

    def process(self, messages: list[Message]) -> list[Message]:
        """The likeliest intent of each message, and the likeliest few, with their probabilities."""
        for message in messages:
            likely = self._probabilities(message)
            order = np.argsort(-likely, kind="stable")
            ranking = [
                {"name": str(self.clf.classes_[place]), "confidence": float(likely[place])}
                for place in order
            ]
            message.set("intent", ranking[0], add_to_output=True)
            length = self.config[RANKING_LENGTH] or len(ranking)
            message.set("intent_ranking", ranking[:length], add_to_output=True)
        return messages

    def _probabilities(self, message: Message) -> NDArray[np.float64]:
        """One number for each of `clf.classes_`; together they are 1."""
        weights = self._weights()
        sparse = message.get_sparse_features(TEXT)[1]
        dense = message.get_dense_features(TEXT)[1]
        odds = np.array(self.clf.intercept_, dtype=np.float64)
        width = 0
        if sparse is not None:
            row = sparse.features.tocsr()
            width = row.shape[1]
            odds += row.data @ weights[row.indices]
        if dense is not None:
            odds += dense.features[0] @ weights[width:]
        odds = np.exp(odds - odds.max())
        return np.asarray(odds / odds.sum(), dtype=np.float64)

    def _weights(self) -> NDArray[np.float64]:
        """Columns of features down, classes across: the rows a message needs lie together."""
        if self._laid_out is None:
            if len(self.clf.coef_) != len(self.clf.classes_) or self.clf.solver == "liblinear":
                raise ValueError("only a multinomial regression of three intents and more is asked")
            self._laid_out = np.ascontiguousarray(self.clf.coef_.T)
        return self._laid_out
