// Registers: x19 gate, x20 payload pid, x21 status fd, x22 duties, x23 signalfd, x24 options of wait4.
// Frame: [sp] status, [sp+16] two pollfds, [sp+64] a signalfd_siginfo.
    mov x19, sp
    ldr x1, [x19, #16]
    bl 70f
    mov x20, x0
    ldr x1, [x19, #24]
    bl 70f
    mov x21, x0
    ldr x1, [x19, #32]
    bl 70f
    mov x22, x0
    ldr x1, [x19, #40]
    bl 70f
    mov x19, x0
    sub sp, sp, #256
    mov x8, #167
    mov x0, #4
    mov x1, #0
    svc #0
    mov x8, #167
    mov x0, #15
    adr x1, 80f
    svc #0
    tbz x22, #0, 25f
    mov x0, #0x10000
    str x0, [sp]
    mov x8, #74
    mov x0, #-1
    mov x1, sp
    mov x2, #8
    mov x3, #2048
    svc #0
    tbnz x0, #63, 50f
    mov x23, x0
25:
    mov w0, #13
    str x0, [sp]
    adr x0, 81f
    str x0, [sp, #8]
    mov x8, #167
    mov x0, #22
    mov x1, #2
    mov x2, sp
    mov x3, #0
    mov x4, #0
    svc #0
    cbnz x0, 50f
    mov x8, #57
    mov x0, x19
    svc #0
    tbnz x22, #0, 33f
20:
    mov x24, #0x40000000
    bl 60f
    cmn x0, #4
    b.eq 20b
    tbnz x0, #63, 50f
    bl 40f
    b 20b
32:
    str w23, [sp, #16]
    mov w0, #1
    str w0, [sp, #20]
    str w21, [sp, #24]
    str wzr, [sp, #28]
    mov x8, #73
    add x0, sp, #16
    mov x1, #2
    mov x2, #0
    mov x3, #0
    mov x4, #0
    svc #0
    cmn x0, #4
    b.eq 32b
    ldrh w0, [sp, #30]
    cbnz w0, 50f
    mov x8, #63
    mov x0, x23
    add x1, sp, #64
    mov x2, #128
    svc #0
33:
    mov x24, #0x40000000
    orr x24, x24, #1
    bl 60f
    cbz x0, 32b
    tbnz x0, #63, 50f
    bl 40f
    b 33b
40:
    cmp x0, x20
    b.ne 41f
    mov x20, #-1
    tbz x22, #1, 42f
    // close_range(0, status - 1), close_range(status + 1, ~0); there is no way back from here
    cbz x21, 43f
    mov x8, #436
    mov x0, #0
    sub x1, x21, #1
    mov x2, #0
    svc #0
43:
    mov x8, #436
    add x0, x21, #1
    mov x1, #0xffffffff
    mov x2, #0
    svc #0
42:
    mov x8, #64
    mov x0, x21
    mov x1, sp
    mov x2, #4
    svc #0
    tbnz x22, #1, 50f
41:
    ret
50:
    mov x8, #94
    mov x0, #0
    svc #0
    brk #1
60:
    mov x8, #260
    mov x0, #-1
    mov x1, sp
    mov x2, x24
    mov x3, #0
    svc #0
    ret
70:
    mov x0, #0
    mov x3, #10
71:
    ldrb w2, [x1], #1
    subs w2, w2, #48
    b.mi 72f
    madd x0, x0, x3, x2
    b 71b
72:
    ret
    // struct sock_filter, as code, jt, jf, k: aarch64 only; read, write, close, wait4, restart_syscall,
    // exit_group, ppoll, close_range; everything else ends the process.
    .balign 8
81:
    .short 0x20; .byte 0, 0; .long 4
    .short 0x15; .byte 0, 10; .long 0xc00000b7
    .short 0x20; .byte 0, 0; .long 0
    .short 0x15; .byte 7, 0; .long 63
    .short 0x15; .byte 6, 0; .long 64
    .short 0x15; .byte 5, 0; .long 57
    .short 0x15; .byte 4, 0; .long 260
    .short 0x15; .byte 3, 0; .long 128
    .short 0x15; .byte 2, 0; .long 94
    .short 0x15; .byte 1, 0; .long 73
    .short 0x15; .byte 0, 1; .long 436
    .short 0x06; .byte 0, 0; .long 0x7fff0000
    .short 0x06; .byte 0, 0; .long 0x80000000
