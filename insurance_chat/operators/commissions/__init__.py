"""What agents owe the service for policies: rules, ledger, signs of sales outside, statements."""
