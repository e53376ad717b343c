"""The tracking plan: which events a workspace expects, and what each of them holds."""
