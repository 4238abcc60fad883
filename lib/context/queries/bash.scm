(comment) @comment
(function_definition) @function
(program (variable_assignment name: (variable_name) @name) @constant)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @constant)
((command name: (command_name) @_source argument: (word) @target) @import (#any-of? @_source "source" "."))
(command_name (word) @reference)
(variable_name) @reference
