"""How likely customers are to come back, and what they will be worth: models, their backtest, and what they say."""
