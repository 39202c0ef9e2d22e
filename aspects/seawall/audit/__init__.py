"""What is deployed in one account and Region, read and written as files that `seawall check` reads offline.

Needs boto3: ``pip install 'seawall[audit]'``. Only describing and listing calls are made, and nothing secret is
written: of environments only what names a resource is kept.
"""
