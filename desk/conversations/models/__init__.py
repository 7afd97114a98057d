"""What the desk keeps of conversations; each module holds one noun's rows."""

from desk.conversations.models.conversation import (
    PULLED,
    CannedReply,
    Channel,
    Contact,
    Conversation,
    ConversationNote,
    Identity,
    Kind,
    StaffRequest,
)
from desk.conversations.models.messages import (
    Attachment,
    Delivery,
    Fetch,
    InboundMessage,
    OutboundMessage,
)

__all__ = [
    "PULLED",
    "Attachment",
    "CannedReply",
    "Channel",
    "Contact",
    "Conversation",
    "ConversationNote",
    "Delivery",
    "Fetch",
    "Identity",
    "InboundMessage",
    "Kind",
    "OutboundMessage",
    "StaffRequest",
]
