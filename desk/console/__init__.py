"""The pages staff work in: queue, ticket, conversation."""
