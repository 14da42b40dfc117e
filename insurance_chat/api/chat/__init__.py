"""The chat API: one call, one reply. Its contract is `docs/integrator/chat-api.md`."""
