(comment) @comment
(export_statement) @wrapper
(function_declaration) @function
(generator_function_declaration) @function
(class_declaration) @class
(method_definition) @method
(field_definition property: (_) @name) @field
(program (lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function)
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function)
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @constant)
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (expression_statement (assignment_expression left: (member_expression property: (property_identifier) @name) right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function))
(import_statement source: (string) @target) @import
(export_statement source: (string) @target) @import
((call_expression function: (identifier) @_require arguments: (arguments . (string) @target)) @import (#eq? @_require "require"))
(identifier) @reference
(property_identifier) @reference
(shorthand_property_identifier) @reference
