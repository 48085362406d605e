import { graphql } from "relay-runtime";

// A mutation whose result is the payload or what the caller can mend.
export const seatsChangeMutation = graphql`
  mutation SeatsChangeMutation($input: SeatsChangeInput!) {
    seatsChange(input: $input) {
      __typename
      ... on SeatsChangePayload {
        seatedCount
        change {
          id
          undoableUntil
        }
        organization {
          id
          ...SeatUsage_organization
        }
      }
      ... on UserError {
        code
        message
        problems {
          code
          path
          message
        }
      }
    }
  }
`;
