#!/bin/sh
# Ask the assistant from a shell. CHAT_URL and CHAT_API_KEY come from the environment.
set -eu
URL="${CHAT_URL:-http://localhost:8000}"
KEY="${CHAT_API_KEY:-}"
THREAD="${CHAT_THREAD:-shell-$(date +%s)-$$}"

echo "--- a message and its reply"
curl -sS --fail-with-body -X POST "$URL/api/chat" \
  -H "Content-Type: application/json" -H "X-API-Key: $KEY" \
  -d "{\"message\": \"Привет! Кто ты?\", \"thread_id\": \"$THREAD\"}"

echo
echo "--- the same as a stream"
curl -sS -N --fail-with-body -X POST "$URL/api/chat/stream" \
  -H "Content-Type: application/json" -H "X-API-Key: $KEY" \
  -d "{\"message\": \"Сколько действует полис?\", \"thread_id\": \"$THREAD\"}"

echo "--- what came meanwhile: answers of a human, offers, the policy"
curl -sS --fail-with-body "$URL/api/chat?thread_id=$THREAD" -H "X-API-Key: $KEY"
echo
