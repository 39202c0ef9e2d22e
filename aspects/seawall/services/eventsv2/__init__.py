"""Amazon EventBridge Custom Event Bus (`AWS::EventsV2`), which can wait for its subscribers."""
