"""The training loop under declared state semantics: a stream of events, to which everything else listens."""
