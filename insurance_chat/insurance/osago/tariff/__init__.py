"""OSAGO premium estimate: tables of the Bank of Russia as data, pure arithmetic above them."""
