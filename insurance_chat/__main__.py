"""`python -m insurance_chat` without arguments starts the whole service."""

from insurance_chat.main.cli import main

if __name__ == "__main__":
    main()
