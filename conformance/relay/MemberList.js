import { graphql } from "relay-runtime";

// Pages through the members of an organization, which is fetched again by its id.
export const memberList = graphql`
  fragment MemberList_organization on Organization
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 50 }
    cursor: { type: "String" }
    filter: { type: "MemberFilter" }
    orderBy: { type: "MemberOrder", defaultValue: NAME_ASC }
  )
  @refetchable(queryName: "MemberListPaginationQuery") {
    id
    members(first: $count, after: $cursor, filter: $filter, orderBy: $orderBy)
      @connection(key: "MemberList_members", filters: ["filter", "orderBy"]) {
      totalCount
      edges {
        node {
          id
          ...MemberRow_member @arguments(withSeat: true)
          ...MemberRow_name
        }
      }
    }
  }
`;

export const memberListQuery = graphql`
  query MemberListQuery($slug: String!, $filter: MemberFilter) {
    viewer {
      kind
    }
    organization(slug: $slug) {
      id
      name
      ...MemberList_organization @arguments(count: 100, filter: $filter)
      ...SeatUsage_organization
    }
  }
`;
