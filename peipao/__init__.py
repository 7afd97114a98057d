"""The whole put together: settings, addresses, processes."""
