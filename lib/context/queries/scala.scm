(comment) @comment
(block_comment) @comment
(class_definition) @class
(trait_definition) @class
(object_definition) @class
(enum_definition) @class
(function_definition) @function
(function_declaration) @function
(type_definition name: (_) @name) @type
(template_body (val_definition pattern: (identifier) @name) @field)
(template_body (var_definition pattern: (identifier) @name) @field)
(template_body (val_declaration name: (identifier) @name) @field)
(compilation_unit (val_definition pattern: (identifier) @name) @constant)
(package_clause) @module
(import_declaration) @import
(identifier) @reference
(type_identifier) @reference
