"""What a school, a journal, a document and a plan are, and the regulation's rules over them: pure, frozen, no I/O."""
