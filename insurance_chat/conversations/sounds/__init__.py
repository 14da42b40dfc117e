"""The sound of messages: words heard in a client's recording, the recording of a reply."""
