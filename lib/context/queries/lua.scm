(comment) @comment
(function_declaration name: (identifier) @name) @function
(function_declaration name: (dot_index_expression field: (_) @name)) @function
(function_declaration name: (method_index_expression method: (_) @name)) @method
(assignment_statement (variable_list name: (dot_index_expression field: (_) @name)) (expression_list value: (function_definition body: (_) @body))) @function
(assignment_statement (variable_list name: (identifier) @name) (expression_list value: (function_definition body: (_) @body))) @function
(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @constant)
((function_call name: (identifier) @_require arguments: (arguments (string) @target)) @import (#eq? @_require "require"))
(identifier) @reference
