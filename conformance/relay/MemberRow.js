import { graphql } from "relay-runtime";

// What a row of a table shows, and which it can change in place.
export const memberRow = graphql`
  fragment MemberRow_member on Member @argumentDefinitions(withSeat: { type: "Boolean!", defaultValue: true }) {
    id
    name
    role
    access
    accessReason {
      code
      message
      validUntil
    }
    seat @include(if: $withSeat) {
      grantedAt
      sources {
        id
        subject {
          __typename
          ... on Team {
            id
            name
          }
          ... on Department {
            id
            name
          }
        }
      }
    }
  }
`;

export const memberName = graphql`
  fragment MemberRow_name on Member @updatable {
    id
    name
  }
`;
