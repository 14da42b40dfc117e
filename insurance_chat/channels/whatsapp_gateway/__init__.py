"""WhatsApp by a paired phone, through the gateway go-whatsapp-web-multidevice (version 8 and later)."""
