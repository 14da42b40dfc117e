"""Human insurance agents: their chats, drafts, clients, commissions and results."""
