(comment) @comment
(create_table (object_reference name: (_) @name) (column_definitions) @body) @type
(create_table (object_reference name: (_) @name)) @type
(create_view (object_reference name: (_) @name) (create_query) @body) @type
(create_materialized_view (object_reference name: (_) @name)) @type
(create_type (object_reference name: (_) @name)) @type
(create_index column: (identifier) @name) @constant
(create_function (object_reference name: (_) @name) (function_body) @body) @function
(create_trigger (object_reference name: (_) @name)) @function
(column_definition name: (_) @name) @field
(identifier) @reference
