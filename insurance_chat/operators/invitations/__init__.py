"""Links by which agents bring their own clients."""
