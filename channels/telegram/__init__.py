"""Telegram: private chats with the bot, through its webhook."""
