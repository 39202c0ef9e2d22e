"""How an author writes a change: CDK code in Python or TypeScript, a block of YAML or JSON."""
