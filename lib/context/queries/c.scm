(comment) @comment
(function_definition) @function
(translation_unit (declaration declarator: (function_declarator)) @function)
(translation_unit (declaration declarator: (pointer_declarator declarator: (function_declarator))) @function)
(translation_unit (declaration declarator: (init_declarator)) @constant)
(translation_unit (declaration declarator: (identifier) @name) @constant)
(preproc_ifdef (declaration declarator: (function_declarator)) @function)
(preproc_ifdef (declaration declarator: (pointer_declarator declarator: (function_declarator))) @function)
(preproc_if (declaration declarator: (function_declarator)) @function)
(linkage_specification body: (declaration_list (declaration declarator: (function_declarator)) @function))
(struct_specifier name: (_) @name body: (_)) @class
(union_specifier name: (_) @name body: (_)) @class
(enum_specifier name: (_) @name body: (_)) @type
(type_definition) @type
(field_declaration) @field
(enumerator) @constant
(preproc_def) @macro
(preproc_function_def) @macro
(preproc_include path: (_) @target) @import
(identifier) @reference
(type_identifier) @reference
(field_identifier) @reference
