"""WeChat public accounts: the platform's calls in, passive replies and customer messages out."""
