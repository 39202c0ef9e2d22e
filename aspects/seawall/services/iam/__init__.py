"""AWS Identity and Access Management: what roles allow."""
