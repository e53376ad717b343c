"""Voice of the customer: what people say in reviews, service talks and surveys, as tables."""
