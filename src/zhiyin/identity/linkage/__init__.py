"""Customer records that look like one person though no key joins them."""
