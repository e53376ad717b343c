"""Contracts between the stages and the engines behind them."""
