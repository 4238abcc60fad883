(comment) @comment
(template_declaration) @wrapper
(function_definition) @function
(declaration declarator: (function_declarator declarator: (_)) ) @function
(declaration declarator: (pointer_declarator declarator: (function_declarator))) @function
(declaration declarator: (reference_declarator (function_declarator))) @function
(field_declaration declarator: (function_declarator)) @function
(field_declaration declarator: (pointer_declarator declarator: (function_declarator))) @function
(field_declaration declarator: (reference_declarator (function_declarator))) @function
(field_declaration declarator: (field_identifier) @name) @field
(field_declaration declarator: (array_declarator declarator: (field_identifier) @name)) @field
(field_declaration declarator: (pointer_declarator declarator: (field_identifier) @name)) @field
(field_declaration declarator: (reference_declarator (field_identifier) @name)) @field
(translation_unit (declaration declarator: (init_declarator)) @constant)
(declaration_list (declaration declarator: (init_declarator)) @constant)
(class_specifier name: (_) @name body: (_)) @class
(struct_specifier name: (_) @name body: (_)) @class
(union_specifier name: (_) @name body: (_)) @class
(enum_specifier name: (_) @name body: (_)) @type
(concept_definition name: (_) @name) @type
(alias_declaration name: (_) @name) @type
(type_definition) @type
(enumerator) @constant
(namespace_definition name: (_) @name) @module
(preproc_def) @macro
(preproc_function_def) @macro
(preproc_include path: (_) @target) @import
(identifier) @reference
(type_identifier) @reference
(field_identifier) @reference
(namespace_identifier) @reference
