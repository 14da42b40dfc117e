"""«Мои клиенты»: whom an agent invited or talked to."""
