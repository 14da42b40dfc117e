"""Understanding by a language model: it proposes, plain code checks every proposal against the words."""
