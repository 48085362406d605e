import { graphql } from "relay-runtime";

// The new team is put into a connection that the page shows.
export const teamCreateMutation = graphql`
  mutation TeamCreateMutation($input: TeamCreateInput!, $connections: [ID!]!) {
    teamCreate(input: $input) {
      __typename
      ... on TeamCreatePayload {
        team @appendNode(connections: $connections, edgeTypeName: "TeamEdge") {
          id
          name
          memberCount
        }
      }
      ... on UserError {
        code
        message
      }
    }
  }
`;

export const teamListQuery = graphql`
  query TeamCreateListQuery($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      id
      ... on Organization {
        teams(first: 100) @connection(key: "TeamCreateList_teams") {
          edges {
            node {
              id
              name
            }
          }
        }
      }
    }
  }
`;

export const teamRenameQuery = graphql`
  query TeamCreateRenameQuery($id: ID!) @updatable {
    node(id: $id) {
      ... on Team {
        id
        __typename
        name
      }
    }
  }
`;
