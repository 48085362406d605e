const { isObjectType } = require('graphql')

/** The object types without an id: the cache keeps them within what they were asked of. */
exports.plugin = (schema) => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const keyless = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !type.name.startsWith('__') && !roots.includes(type) && !('id' in type.getFields()),
  )
  return `export const keyless: readonly string[] = ${JSON.stringify(keyless.map((type) => type.name))}\n`
}
