"""What texts say: a model of sentiment and topics, learnt from the shop's own texts."""
