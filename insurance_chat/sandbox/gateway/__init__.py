"""Emulated go-whatsapp-web-multidevice (version 8): devices paired by QR, chats, signed events.

Source of the shapes: docs/openapi.yaml and docs/webhook-payload.md of
aldinokemal/go-whatsapp-web-multidevice.
"""
