"""Random requests against the OpenAPI document, over a real port."""
