(comment) @comment
(export_statement) @wrapper
(ambient_declaration) @wrapper
(function_declaration) @function
(function_signature) @function
(generator_function_declaration) @function
(class_declaration) @class
(abstract_class_declaration) @class
(interface_declaration) @class
(method_definition) @method
(method_signature) @method
(abstract_method_signature) @method
(property_signature) @field
(public_field_definition name: (_) @name) @field
(type_alias_declaration) @type
(enum_declaration) @type
(internal_module) @module
(module) @module
(program (lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function)
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function)
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(import_statement source: (string) @target) @import
(export_statement source: (string) @target) @import
(identifier) @reference
(type_identifier) @reference
(property_identifier) @reference
(shorthand_property_identifier) @reference
