import { graphql } from "relay-runtime";

// Pages backward, from the newest, as a chat does.
export const issueHistory = graphql`
  fragment IssueHistory_issue on Issue
  @argumentDefinitions(last: { type: "Int", defaultValue: 20 }, before: { type: "String" })
  @refetchable(queryName: "IssueHistoryPaginationQuery") {
    id
    history(last: $last, before: $before) @connection(key: "IssueHistory_history") {
      edges {
        node {
          id
          at
        }
      }
    }
  }
`;

export const issueHistoryQuery = graphql`
  query IssueHistoryQuery($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Issue {
        key
        summary
        ...IssueHistory_issue @alias
      }
    }
  }
`;
