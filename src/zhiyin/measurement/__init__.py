"""Did it work: campaigns against hold-outs, attribution, the weekly review."""
