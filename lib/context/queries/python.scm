(comment) @comment
(decorated_definition) @wrapper
(function_definition body: (block . (expression_statement (string) @doc)?)) @function
(class_definition body: (block . (expression_statement (string) @doc)?)) @class
(module (expression_statement (assignment left: (identifier) @name) @constant))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @field)))
(type_alias_statement left: (type (identifier) @name)) @type
(import_statement name: (dotted_name) @target) @import
(import_statement name: (aliased_import name: (dotted_name) @target)) @import
(import_from_statement module_name: (_) @target) @import
(identifier) @reference
