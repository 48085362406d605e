"""The door of GraphQL: what a request must look like, what is made of it, and how it is answered."""
