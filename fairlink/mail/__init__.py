"""Messages to send, sending them, bounces and unsubscribes."""
