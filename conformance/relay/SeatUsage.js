import { graphql } from "relay-runtime";

// What is shown of money may be denied, and the page lives on without it.
export const seatUsage = graphql`
  fragment SeatUsage_organization on Organization {
    id
    seats {
      used
      limit
      peak {
        seats
        reachedAt
      }
    }
    invoicePreview {
      ifNothingChanges {
        amount
        currency
      }
    }
  }
`;

export const seatUsageImpactQuery = graphql`
  query SeatUsageImpactQuery($id: ID!, $change: ChangeInput!) {
    organization(id: $id) {
      id
      invoicePreview(change: $change) {
        impact {
          totalBefore {
            amount
          }
          totalAfter {
            amount
          }
          newlySeated(first: 20) {
            id
            name
          }
          refusals {
            code
            message
          }
        }
      }
    }
  }
`;
