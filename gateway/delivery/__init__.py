"""What the worker does with messages: one handler a destination. The only room that turns errors into outcomes."""
