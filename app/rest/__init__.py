"""The door for what is no GraphQL: the bytes of attachments, and exports."""
